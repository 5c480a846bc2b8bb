"""A Slurm of one node on this machine, for the time of a test: a controller, a node and munge, on loopback, without systemd or cgroups."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Slurm", "Unavailable"]

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "scontrol", "sinfo")

PATIENCE = 20.0
"""Time that Slurm has to come up [s]."""

# `cred_expire` is how long a job that is queued again waits at least.
CONFIGURATION = """ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CryptoType=crypto/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=test Nodes=n1 Default=YES MaxTime=INFINITE State=UP
"""


class Unavailable(Exception):
    """No Slurm can be had here."""


class Slurm:
    """A Slurm that runs, and the commands that are given to it."""

    def __init__(self, folder: Path, ends: ExitStack) -> None:
        self._folder, self._ends = folder, ends
        self._environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def __call__(self, *words: object, folder: Path | None = None) -> str:
        """Give a command, and return what it prints."""
        command = [str(word) for word in words]
        done = subprocess.run(
            command, cwd=folder, env=self._environment, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode:
            raise AssertionError(f"{' '.join(command)}: {done.stderr or done.stdout}")
        return done.stdout.strip()

    def facts(self, job: str) -> dict[str, str]:
        """Return what Slurm says of a job."""
        return dict(word.split("=", 1) for word in self("scontrol", "show", "job", job).split() if "=" in word)

    def processes(self, job: str) -> list[int]:
        """Return the processes of a job's steps and of its script."""
        lines = self("scontrol", "listpids", job).splitlines()[1:]
        return [int(line.split()[0]) for line in lines if int(line.split()[0]) > 0]

    def lose_node(self, *jobs: str) -> None:
        """Kill the node as if its power had gone: its daemon, and the processes of its jobs with what watches over them."""
        processes = [process for job in jobs for process in self.processes(job)]
        self._node.kill()
        self._node.wait()
        for process in {*processes, *map(_parent, processes)} - {0, 1}:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self("scontrol", "update", "NodeName=n1", "State=DOWN", "Reason=lost")

    def restore_node(self) -> None:
        """Start the node again, and wait until it takes jobs."""
        self._start_node()
        self("scontrol", "update", "NodeName=n1", "State=RESUME")

    def _start_node(self) -> None:
        self._node = self._ends.enter_context(self._process(["slurmd", "-D", "-N", "n1"]))

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Slurm]:
        """Start one, and end it.

        Raises
        ------
        Unavailable
            It isn't installed, or doesn't come up; the message says what is lacking.
        """
        path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        if lacking := [name for name in NEEDED if shutil.which(name, path=path) is None]:
            raise Unavailable(f"Slurm can't be started: {', '.join(lacking)} not installed")
        if os.geteuid() != 0:
            raise Unavailable("Slurm can't be started: a node that runs jobs needs root")
        # A socket's path may not be long.
        with tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as name, ExitStack() as ends:
            folder = Path(name)
            _configure(folder)
            slurm = cls(folder, ends)
            slurm._environment["PATH"] = path
            munge = ["munged", "--foreground", "--force", f"--key-file={folder}/key", f"--seed-file={folder}/seed"]
            munge += [f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid"]
            for command in (munge, ["slurmctld", "-D"]):
                ends.enter_context(slurm._process(command))
            slurm._start_node()
            slurm._wait()
            try:
                yield slurm
            finally:
                slurm("scancel", "--state=PENDING", "--user=root")
                slurm("scancel", "--state=RUNNING", "--signal=KILL", "--full", "--user=root")

    @contextmanager
    def _process(self, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        """Start a process, and end it."""
        with (self._folder / f"{command[0]}.out").open("ab") as out:
            process = subprocess.Popen(
                command, env=self._environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=self._folder
            )
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _wait(self) -> None:
        """Wait until the node is idle."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            done = subprocess.run(
                ["sinfo", "-h", "-o", "%T"], env=self._environment, capture_output=True, text=True, check=False
            )
            if done.stdout.strip() == "idle":
                return
            time.sleep(0.1)
        said = [
            f"{path.name}: {path.read_text(errors='replace').splitlines()[-1:]}"
            for path in sorted(self._folder.glob("*.[ol][uo][tg]"))
        ]
        raise Unavailable(f"Slurm can't be started: its node isn't idle after {PATIENCE:.0f} s; {'; '.join(said)}")


def _parent(process: int) -> int:
    """Return the parent of a process; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _configure(folder: Path) -> None:
    """Write the configuration of a Slurm on free ports, and a key."""
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "key").write_bytes(os.urandom(1024))
    (folder / "key").chmod(0o400)
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        controller, node = (held.getsockname()[1] for held in (one, other))
    text = CONFIGURATION.format(folder=folder, controller=controller, node=node, user="root")
    (folder / "slurm.conf").write_text(text)
