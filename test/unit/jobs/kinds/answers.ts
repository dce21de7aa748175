import type { Answer, QueuedJob } from '../../../../src/jobs/kinds/scheduler-kind.js';

/** An answer that went well, but for what is given. */
export function answered(stdout: string, o: Partial<Answer> = {}): Answer {
  return { status: 0, stdout, stderr: '', ...o };
}

/** What a command said that failed. */
export function failed(stderr: string, status: number = 1): Answer {
  return { status, stdout: '', stderr };
}

/** A job that asks for nothing, but for what is given. */
export function queued(o: Partial<QueuedJob> = {}): QueuedJob {
  return {
    name: 'relax',
    token: 'hawser-0123456789-1',
    record: '.hawser/relax-0123456789',
    resources: {},
    walltime: undefined,
    after: [],
    ...o,
  };
}

/** What squeue 22.05 said of one job of each sort. */
export const SQUEUE = `4|CANCELLED|1795368998|1795368999|1795369001|node1|None
6|CANCELLED|1795368998|1795368999|1795368999|n/a|DependencyNeverSatisfied
1|COMPLETED|1795368997|1795368999|1795368999|node1|None
5_1|COMPLETED|1795368998|1795368999|1795368999|node1|None
2|FAILED|1795368997|1795368999|1795368999|node1|NonZeroExitCode
3|FAILED|1795368998|1795368999|1795368999|node1|JobLaunchFailure
5_2|FAILED|1795368998|1795368999|1795368999|node1|NonZeroExitCode
7|PENDING|1795369000|1795369121|1795372721|n/a|BeginTime
10_[4-9%2]|PENDING|1795368998|N/A|N/A|n/a|Resources
10_3|RUNNING|1795368998|1795369000|1795372600|node2|None
9|PENDING|1795368998|N/A|N/A|n/a|JobHeldUser
`;

/** What sacct 22.05 said of the same jobs. */
export const SACCT = `1|COMPLETED|0:0|1795368997|1795368999|1795368999|node1
2|FAILED|3:0|1795368997|1795368999|1795368999|node1
3|FAILED|0:11|1795368998|1795368999|1795368999|node1
4|CANCELLED by 1001|0:0|1795368998|1795368999|1795369001|node1
6|CANCELLED|0:0|1795368998|1795368999|1795368999|None assigned
9|PENDING|0:0|1795368998|Unknown|Unknown|None assigned
5_1|COMPLETED|0:0|1795368998|1795368999|1795368999|node1
5_2|FAILED|1:0|1795368998|1795368999|1795368999|node1
`;

/** What our command says where there is no accounting: what scontrol 22.05 remembers. */
export const SCONTROL = `scontrol:
JobId=3 JobName=l.sh JobState=COMPLETED Reason=None
   UserId=hawser1(1002) GroupId=hawser1(1002) MCS_label=N/A
   Priority=4294901757 Nice=0 Account=(null) QOS=(null)
   JobState=CANCELLED Reason=None Dependency=(null)
   Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:15
   RunTime=00:00:01 TimeLimit=01:00:00 TimeMin=N/A
   SubmitTime=1795304466 EligibleTime=1795304466
   StartTime=1795304467 EndTime=1795304468 Deadline=N/A
   Partition=main AllocNode:Sid=localhost:4843
   NodeList=node1
   BatchHost=node1
   Command=/home/hawser1/a b/   JobState=COMPLETED Reason=None
   WorkDir=/home/hawser1

JobId=1 JobName=h.sh
   UserId=hawser1(1002) GroupId=hawser1(1002) MCS_label=N/A
   JobState=COMPLETED Reason=None Dependency=(null)
   Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0
   SubmitTime=1795304466 EligibleTime=1795304466
   StartTime=1795304467 EndTime=1795304468 Deadline=N/A
   BatchHost=node1

`;

/** What qstat 8.1.9 said of one job of each sort. */
export const QSTAT = `<?xml version='1.0'?>
<job_info  xmlns:xsd="http://arc.liv.ac.uk/repos/darcs/sge/source/dist/util/resources/schemas/qstat/qstat.xsd">
  <queue_info>
    <job_list state="running">
      <JB_job_number>4</JB_job_number>
      <JAT_prio>0.50000</JAT_prio>
      <JB_name>arr</JB_name>
      <JB_owner>hawser1</JB_owner>
      <state>r</state>
      <JAT_start_time>2026-11-22T17:11:16</JAT_start_time>
      <queue_name>all.q@gehost</queue_name>
      <slots>1</slots>
      <tasks>2</tasks>
    </job_list>
  </queue_info>
  <job_info>
    <job_list state="pending">
      <JB_job_number>7</JB_job_number>
      <JAT_prio>0.50000</JAT_prio>
      <JB_name>%lt;x&gt;&amp;y;</JB_name>
      <JB_owner>hawser1</JB_owner>
      <state>Eqw</state>
      <JB_submission_time>2026-11-22T17:11:16</JB_submission_time>
      <queue_name></queue_name>
      <slots>1</slots>
    </job_list>
    <job_list state="pending">
      <JB_job_number>6</JB_job_number>
      <JAT_prio>0.00000</JAT_prio>
      <JB_name>uhold</JB_name>
      <JB_owner>hawser1</JB_owner>
      <state>hqw</state>
      <JB_submission_time>2026-11-22T17:11:16</JB_submission_time>
      <queue_name></queue_name>
      <slots>1</slots>
    </job_list>
    <job_list state="zombie">
      <JB_job_number>3</JB_job_number>
      <JB_name>gone</JB_name>
      <state>z</state>
      <JB_submission_time>2026-11-22T17:11:16</JB_submission_time>
    </job_list>
  </job_info>
</job_info>
`;

/** What qacct 8.1.9 says of a run, with what is given in place of a run that went well. */
export function qacct(job: number, o: Readonly<Record<string, string>> = {}): string {
  const fields = {
    qname: 'all.q               ',
    hostname: 'gehost              ',
    owner: 'hawser1             ',
    jobname: 'failed       0      ',
    jobnumber: `${job}                   `,
    taskid: 'undefined',
    account: 'sge                 ',
    qsub_time: 'Sun Nov 22 17:11:16 2026',
    start_time: 'Sun Nov 22 17:11:17 2026',
    end_time: 'Sun Nov 22 17:11:19 2026',
    granted_pe: 'NONE                ',
    slots: '1                   ',
    failed: '0    ',
    exit_status: '0                   ',
    ru_wallclock: '2s',
    ar_sub_time: 'undefined',
    category: '-l h_rt=60',
    ...o,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name.padEnd(12)} ${value}`);
  return `==============================================================\n${lines.join('\n')}\n`;
}

/** What `qstat -j '*'` of 8.1.9 says of two jobs. */
export const QSTAT_J = `==============================================================
job_number:                 8
exec_file:                  job_scripts/8
owner:                      hawser1
job_name:                   abc
context:                    site=x,hawser=hawser-0123456789-1
env_list:                   TERM=NONE
==============================================================
job_number:                 9
job_name:                   other
context:                    hawser=hawser-0123456789-10
`;
