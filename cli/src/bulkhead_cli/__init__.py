"""The command `bulkhead`: what people do at their own terminal. It talks to no cluster and no backend."""
