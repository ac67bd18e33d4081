"""The stage: what happens behind the demo's phone, read from the records that operators query."""
