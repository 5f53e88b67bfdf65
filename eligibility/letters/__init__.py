"""Letters of medical necessity: asked for, reviewed and signed by a clinician, and counted as evidence while in force."""
