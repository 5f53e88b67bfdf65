"""Alert rules: what each kind looks for, judging batches of reports by arrays, folding alerts into incidents, and trying a rule on history.

The engine's way in: `loading.read()` and `loading.plan_of(found, directory, shard)` make a Plan. After a start `Judge(plan)` takes
`restore(snapshot)` and `recall(*loading.open_alerts(shard))`, and `Folder(judge, Labels(directory))` takes `recall(loading.homes(shard))`.
For each tick `judge.step(batch)` and `judge.sweep(now_ms)` tell changes, and `folder.fold(changes, now_ms)` makes of each what
`alerts.store.apply` writes. `judge.change(plan, now_ms)` when `loading.read().mark` is another or the directory changed; `let_go` of both
when somebody ended alerts by hand; `judge.deaf` after it could not read; `judge.worst` has the severity of each terminal's worst open alert.
Where there are several shards, `folder.learn(loading.wides_elsewhere(shard))` every few seconds.
"""
