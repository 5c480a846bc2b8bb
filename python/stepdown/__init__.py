"""An agent-based microsimulation of England's secure mental-health pathway."""
