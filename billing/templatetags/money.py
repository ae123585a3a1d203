"""How amounts are written on pages."""

from django import template

from billing import plans

register = template.Library()

dollars = register.filter(plans.dollars)
