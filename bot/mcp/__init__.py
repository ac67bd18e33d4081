"""MCP servers: other services' tools, offered to the agents that are allowed them."""
