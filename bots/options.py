"""The options of the command line, and what the help says of each."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

ConfigFile = Annotated[
    Path | None,
    Parameter(name=["--config", "-c"], help="The configuration; config.toml if it is there."),
]
Only = Annotated[
    Literal["discord", "slack", "jobs"] | None,
    Parameter(help="Run this part alone; the others run in other processes, on one PostgreSQL."),
]
Port = Annotated[
    int,
    Parameter(
        help="Where the page is shown; 0 takes a free one.", validator=Number(gte=0, lte=65535)
    ),
]
Target = Annotated[
    Literal["discord", "slack", "text"], Parameter(help="For which platform it is shown.")
]
ChosenStyle = Annotated[
    Literal["line", "card", "full"] | None,
    Parameter(help="How much of an article is shown; as configured if it is not given."),
]
AsJson = Annotated[
    bool, Parameter(negative=(), help="Print exactly the JSON body that would be sent.")
]
PlainJson = Annotated[bool, Parameter(negative=(), help="Print JSON, for programs.")]
ArticleName = Annotated[str, Parameter(help="The article's number or link.")]
AddressName = Annotated[
    str, Parameter(help="discord/SERVER/CHANNEL or slack/TEAM/CHANNEL, by their ids.")
]
Quiet = Annotated[
    bool, Parameter(negative=(), help="Store the articles, but post nothing of them.")
]
BackupFile = Annotated[Path, Parameter(help="The new file; one that is there is never replaced.")]
Place = Annotated[
    str,
    Parameter(help="A configured source's name, a file, a folder, or a web address."),
]
PersonId = Annotated[
    str | None, Parameter(help="A person: ID, PLATFORM/ID or PLATFORM/WORKSPACE/ID.")
]
WorkspaceId = Annotated[str | None, Parameter(help="A workspace: PLATFORM/ID.")]
Prove = Annotated[
    bool, Parameter(negative=(), help="Then look for the id in the files of the database.")
]
ImportFile = Annotated[Path | None, Parameter(help="What `themata export` wrote, perhaps changed.")]
DryRun = Annotated[bool, Parameter(negative=(), help="Show what would change, and change nothing.")]
UndoImport = Annotated[bool, Parameter(negative=(), help="Take back what the last import changed.")]
