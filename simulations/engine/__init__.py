"""The engines: agents wake, contribute and claim; on arrays, or on the contracts' own bytecode."""
