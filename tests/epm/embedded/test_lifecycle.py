"""Servers of one's own, in real processes that start, meet, leave and die."""

import os
import signal
import stat
from pathlib import Path

import pytest

from epm.embedded import running
from tests.epm.embedded.private import private_environment, run, start

PROVIDE = """
import os, sys
from epm.embedded import provide
provide(os.environ)
import psycopg, redis
database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
store = redis.Redis.from_url(os.environ["REDIS_URL"])
"""
WHICH = (
    PROVIDE
    + """
print(database.execute("SELECT system_identifier, pg_postmaster_start_time()"
                       " FROM pg_control_system()").fetchone(), flush=True)
"""
)
STAY = WHICH + "sys.stdin.read()\n"
WRITE = (
    PROVIDE
    + """
database.execute("CREATE TABLE kept AS SELECT 42 AS answer")
store.set("kept", "43")
"""
)
READ = (
    PROVIDE
    + """
print(database.execute("SELECT answer FROM kept").fetchone()[0], store.get("kept").decode())
"""
)
BOTH = {"postgres": True, "valkey": True}
NEITHER = {"postgres": False, "valkey": False}


def finish(process):
    process.communicate(timeout=60)
    return process.returncode


class TestSeveralAtOnce:
    def test_six_starters_make_one_cluster_and_the_last_one_out_stops_it(self, data):
        environment = private_environment(data)
        users = [start(STAY, environment) for _ in range(6)]

        servers = {user.stdout.readline() for user in users}
        assert len(servers) == 1
        assert len(servers.pop()) > 20

        for user in users[:5]:
            assert finish(user) == 0
        assert running(environment) == BOTH

        assert finish(users[5]) == 0
        assert running(environment) == NEITHER

    def test_a_killed_user_holds_nothing_back(self, data):
        environment = private_environment(data)
        killed = start(STAY, environment)
        server = killed.stdout.readline().strip()
        killed.kill()
        killed.communicate()
        assert running(environment) == BOTH

        assert run(WHICH, environment) == server
        assert running(environment) == NEITHER

    def test_a_fork_goes_on_using_them_when_its_parent_has_left(self, data):
        environment = private_environment(data)
        fork = start(
            WHICH + "if os.fork():\n    sys.exit()\nsys.stdin.read()\nos._exit(0)\n", environment
        )
        fork.stdout.readline()
        os.waitid(os.P_PID, fork.pid, os.WEXITED | os.WNOWAIT)
        assert running(environment) == BOTH

        fork.communicate()
        assert run(WHICH, environment)
        assert running(environment) == NEITHER


class TestWhatIsKept:
    def test_a_restart_keeps_the_data(self, data):
        environment = private_environment(data)
        run(WRITE, environment)
        assert running(environment) == NEITHER

        assert run(READ, environment) == "42 43"

    def test_a_killed_server_is_started_again_with_its_data(self, data):
        environment = private_environment(data)
        user = start(WRITE + "print('written', flush=True)\nsys.stdin.read()\n", environment)
        assert user.stdout.readline() == "written\n"
        pid = int((data / "servers/postgres/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

        assert run(READ, environment) == "42 43"
        finish(user)
        assert running(environment) == NEITHER

    def test_an_initdb_that_was_killed_is_made_anew(self, data):
        environment = private_environment(data)
        run(WHICH, environment)
        (data / "servers/postgres/PG_VERSION").unlink()
        (data / "servers/postgres.new").mkdir()

        assert run(WHICH, environment)


class TestPaths:
    @pytest.mark.parametrize(
        ("_case", "folder"),
        [
            ("longer than a socket path may be", "x" * 60 + "/" + "y" * 60),
            ("with spaces and other signs", "my shop's data %20 é?"),
        ],
    )
    def test_any_folder_will_do(self, data, _case, folder):
        environment = private_environment(data / folder)

        run(WRITE, environment)

        assert run(READ, environment) == "42 43"

    @pytest.mark.skipif(not Path("/usr/lib/postgresql/15/bin").is_dir(), reason="no PostgreSQL 15")
    def test_another_postgresql_can_be_chosen(self, data):
        environment = private_environment(data, EPM_PG_BIN="/usr/lib/postgresql/15/bin")

        version = run(PROVIDE + "print(database.info.server_version // 10000)", environment)

        assert version == "15"
        assert running(environment) == NEITHER


class TestSettings:
    def test_options_reach_postgresql(self, data):
        environment = private_environment(data, EPM_PG_OPTIONS="-c work_mem=7MB -c fsync=off")

        said = run(
            PROVIDE + "for name in ('work_mem', 'fsync', 'shared_buffers', 'listen_addresses'):\n"
            "    print(database.execute('SHOW ' + name).fetchone()[0])",
            environment,
        )

        assert said.splitlines() == ["7MB", "off", "256MB"]

    def test_urls_that_are_given_are_left_alone(self, data):
        given = {"DATABASE_URL": "postgresql://u@h/n", "REDIS_URL": "redis://h"}
        environment = private_environment(data, **given)

        said = run(
            "import os\nfrom epm.embedded import provide\nprovide(os.environ)\n"
            "print(*map(os.environ.get, ('DATABASE_URL', 'REDIS_URL', 'SECRET_KEY')))",
            environment,
        )

        assert said == "postgresql://u@h/n redis://h None"
        assert list(data.iterdir()) == []

    @pytest.mark.parametrize(
        ("_case", "more", "line"),
        [
            ("no programs", {"EPM_PG_BIN": "/nowhere"}, "EPM_PG_BIN=/nowhere holds no 'postgres'."),
            (
                "no folder",
                {"EPM_DATA": "/proc/epm"},
                "EPM_DATA=/proc/epm cannot be made: No such file or directory.",
            ),
        ],
    )
    def test_what_cannot_work_is_said_in_one_line(self, data, _case, more, line):
        process = start(PROVIDE, private_environment(data, **more))

        _, complained = process.communicate(timeout=60)

        assert (process.returncode, complained) == (1, line + "\n")

    def test_secrets_are_made_once_and_for_our_eyes_only(self, data):
        environment = private_environment(data)

        first = run(PROVIDE + "print(os.environ['SECRET_KEY'])", environment)

        assert run(PROVIDE + "print(os.environ['SECRET_KEY'])", environment) == first
        assert len(first) >= 50
        for secret in ("secret.key", "servers/postgres.password", "servers/valkey.password"):
            assert stat.S_IMODE((data / secret).stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
class TestRoot:
    def test_the_servers_run_under_another_account(self, data):
        environment = private_environment(data)
        user = start(STAY, environment)
        user.stdout.readline()

        owners = {
            Path(f"/proc/{pid}").stat().st_uid
            for pid in (
                int((data / "servers/postgres/postmaster.pid").read_text().split()[0]),
                int((data / "servers/valkey.pid").read_text()),
            )
        }
        finish(user)

        assert 0 not in owners

    def test_a_folder_that_account_cannot_enter_links_to_one_it_can(self, data):
        closed = data / "root only"
        closed.mkdir(mode=0o700)
        environment = private_environment(closed)

        run(WRITE, environment)

        assert run(READ, environment) == "42 43"
        assert (closed / "servers").is_symlink()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
