"""Pretend blogs: IndieAuth (living standard) and Micropub (W3C Recommendation of 2017), as servers see them."""
