"""Buffers of other frameworks: ``mammoth``, ``avalanche`` and ``torchrl``. Each module imports its framework, this one none."""
