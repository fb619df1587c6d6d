"""Work that outlives the process that took it on: jobs kept in the state, done by whichever process is there.

Read in this order: `queue` (jobs, on DBOS), `work` (what a job does), `sweep` (jobs of processes that died), `schedule`
(what is due without anybody saying so), `service` (all of it, running).
"""
