namespace Kombo.Standalone.State;

/// <summary>Where one installation keeps its state, and where its command line finds it.</summary>
internal sealed class DataFolder
{
    /// <summary>Names the folder where no option does.</summary>
    public const string Variable = "KOMBO_DATA";

    // sun_path of sockaddr_un, with its closing zero.
    const int LongestSocketPath = 107;

    DataFolder(string path) => Path = path;

    public string Path { get; }

    public string StatePath => System.IO.Path.Combine(Path, "state");

    public string SocketPath => System.IO.Path.Combine(Path, "kombo.sock");

    /// <param name="option">From the command line; null: not given.</param>
    /// <exception cref="DataFolderException">The path cannot be used.</exception>
    public static DataFolder Find(string? option)
    {
        var path = System.IO.Path.GetFullPath(option ?? Environment.GetEnvironmentVariable(Variable) ?? Default());
        var folder = new DataFolder(path);
        return System.Text.Encoding.UTF8.GetByteCount(folder.SocketPath) <= LongestSocketPath
            ? folder
            : throw new DataFolderException(
                $"the path of the data folder {path} is too long for a socket in it; choose a shorter one with --data");
    }

    /// <summary>Makes the folder and keeps other processes out of it until the result is disposed.</summary>
    /// <exception cref="DataFolderException">Another process has it, or it cannot be written.</exception>
    public IDisposable Lock()
    {
        try
        {
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new FileStream(
                System.IO.Path.Combine(Path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new DataFolderException($"the data folder {Path} cannot be written: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            throw new DataFolderException(
                $"the data folder {Path} is in use by another kombo up, or cannot be written; stop that one, or choose "
                + "another folder with --data",
                exception);
        }
    }

    // Root's own folder is closed to the user as whom PostgreSQL runs.
    static string Default() => Environment.IsPrivilegedProcess
        ? "/var/lib/kombo"
        : System.IO.Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "kombo");
}

/// <summary>The data folder cannot be used; the message says why and what to do.</summary>
internal sealed class DataFolderException(string message, Exception? innerException = null)
    : Exception(message, innerException);
