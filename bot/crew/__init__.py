"""The agents: what each is told, may use and must answer, their tools and the turn loop."""
