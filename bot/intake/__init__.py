"""From a signed webhook to a decision: identity, signature, acceptance, routing."""
