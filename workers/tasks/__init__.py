"""What the workers do: one module for each stage, one short function for each kind of job."""
