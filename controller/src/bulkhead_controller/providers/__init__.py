"""The only place of the controller that speaks gRPC: routes, channels and the client of the provider protocol."""
