"""Measurements. Ratios within one run tell something; single times on a shared machine do not."""
