"""The agents: their cards, prompts, tools and the turn loop."""
