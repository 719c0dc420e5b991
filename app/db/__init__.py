"""Tables, migrations, engine."""
