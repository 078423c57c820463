"""Every method on many nets, beside an oracle of its own: ``make zoo``."""
