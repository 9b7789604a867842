"""SecretStores and ClusterSecretStores: whether they can work, and who waits for them."""
