"""What every stage stands on: database, moves, log, jobs, actors, time, errors. Knows no stage by name."""
