"""A provider of bank data that runs beside the platform: made-up customers, real HTTP, and the faults that real ones have."""
