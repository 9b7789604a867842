"""`bulkhead boundaries`: what each process of an installation holds, may do and can reach, by its objects alone."""
