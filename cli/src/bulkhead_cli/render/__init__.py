"""`bulkhead render`: what a template gives, or what an ExternalSecret's target would be."""
