"""Where results lie: packed rows by customer and by rule for each run, single evaluations beside them, and one view of all."""
