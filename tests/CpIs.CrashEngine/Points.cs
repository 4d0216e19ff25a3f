// The other halves of the partial methods Reach, which are empty in the program itself.
using CpIs.CrashEngine;

namespace CpIs.Storage
{
    public sealed partial class StorageSession
    {
        private string? _work;

        static partial void Reach(StorageSession session, string point, string? what)
        {
            if (CrashPoint.IsIdle)
            {
                return;
            }

            switch (point)
            {
                case "before-commit":
                    CrashPoint.Reach($"{session._work ?? "nothing"}:before-commit");
                    break;
                case "committed":
                    var done = session._work;
                    session._work = null;
                    CrashPoint.Reach($"{done ?? "nothing"}:committed");
                    break;
                case "after" when session.IsInTransaction:
                    break;
                default:
                    if (session.IsInTransaction)
                    {
                        // Dying here is dying before the commit. The first statement names the transaction.
                        session._work ??= what;
                        break;
                    }

                    session._work = null;
                    CrashPoint.Reach($"{what}:{point}");
                    break;
            }
        }
    }
}

namespace CpIs.Files
{
    internal static partial class DurableFile
    {
        static partial void Reach(string point, string path) => CrashPoint.Reach(CrashPoint.FileName("file", point, path));
    }
}

namespace CpIs.Storage.Source
{
    public sealed partial class ExtractFolderWriter
    {
        static partial void Reach(string point, string path) => CrashPoint.Reach(CrashPoint.FileName("extract", point, path));
    }
}

namespace CpIs.Storage.Workspaces
{
    internal sealed partial class WorkspaceFile
    {
        static partial void Reach(string point, string path) => CrashPoint.Reach("workspace:" + point);
    }
}

namespace CpIs.Transport.Folder
{
    public sealed partial class FolderTransport
    {
        static partial void Reach(string point, string path) => CrashPoint.Reach(CrashPoint.FileName("folder", point, path));
    }
}

namespace CpIs.Transport.MeshClient
{
    public sealed partial class MeshClientTransport
    {
        static partial void Reach(string point, string path) => CrashPoint.Reach(CrashPoint.FileName("mesh", point, path));
    }
}

namespace CpIs.Batch.Steps
{
    internal sealed partial class CouncilRun
    {
        static partial void Reach(string point) => CrashPoint.Reach("run:" + point);
    }

    internal sealed partial class PayloadFiles
    {
        static partial void Reach(string point) => CrashPoint.Reach("payload:" + point);
    }
}

namespace CpIs.Batch.Ingest
{
    internal sealed partial class MessageFolders
    {
        static partial void Reach(string point, string path) => CrashPoint.Reach(CrashPoint.FileName("copies", point, path));
    }
}
