"""Keys, certificates and their file formats as Go's libraries read and write them; the primitives are `cryptography`'s.

Own code here is for formats only, where Go's bytes or messages show in a template: PEM, DER, X.509, PKCS#12, JWK.
"""
