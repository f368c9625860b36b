"""A day of a shop that never was, told to Vizsla as if it had just happened."""

ENV = "demo-history"
# Statistics take what is up to 18 hours old.
HOURS = 17.0
