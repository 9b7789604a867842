"""What tests, the demo and the benchmark share: a real control plane, real processes, fakes and clocks.

Nothing here is part of an installation of Bulkhead, and nothing of an installation may import it.
"""
