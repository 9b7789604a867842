"""`bulkhead certs`: what the certcontroller says of certificates, and what a person may ask of it."""
