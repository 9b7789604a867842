"""What the target of an ExternalSecret shall hold. Pure, for every program that decides, checks or shows it."""
