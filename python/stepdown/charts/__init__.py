"""How every picture of this package looks, how it is saved, and the picture of the pathway; needs Altair, of an extra."""
