"""Pages that change by themselves: one hub for each process, merged differences to each viewer."""
