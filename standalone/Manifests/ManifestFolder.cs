using System.Collections.Immutable;

namespace Kombo.Standalone.Manifests;

/// <summary>The files of a folder. Only its own, as <c>kubectl apply -f</c> reads it; hidden ones are left
/// out.</summary>
internal sealed class ManifestFolder(string path)
{
    const long MaxFileSize = 16 * 1024 * 1024;

    static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    readonly Dictionary<string, (Stamp Stamp, FileReading Reading)> known = new(StringComparer.Ordinal);

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Reads what has changed since the last time and returns everything.</summary>
    /// <exception cref="IOException">The folder itself cannot be read.</exception>
    public async Task<ImmutableArray<FileReading>> ReadAsync(CancellationToken cancellationToken)
    {
        var files = new DirectoryInfo(Path).EnumerateFiles()
            .Where(file => Extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase)
                && !file.Name.StartsWith('.'))
            .OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        foreach (var gone in known.Keys.Except(files.Select(file => file.Name)).ToList())
            known.Remove(gone);
        foreach (var file in files)
            await ReadAsync(file, cancellationToken);
        return [.. files.Where(file => known.ContainsKey(file.Name)).Select(file => known[file.Name].Reading)];
    }

    async Task ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            var stamp = new Stamp(target.LastWriteTimeUtc, target.Length, target.FullName);
            if (known.TryGetValue(file.Name, out var before) && before.Stamp == stamp)
                return;
            var reading = target.Length > MaxFileSize
                ? Unreadable(file, $"the file is larger than {MaxFileSize / 1024 / 1024} MiB")
                : ManifestFile.Read(file.Name, await File.ReadAllTextAsync(target.FullName, cancellationToken));
            known[file.Name] = (stamp, reading);
        }
        catch (FileNotFoundException)
        {
            known.Remove(file.Name); // deleted while the folder was read
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            known[file.Name] = (default, Unreadable(file, exception.Message));
        }
    }

    static FileReading Unreadable(FileInfo file, string message) =>
        new(file.Name, [], [new ManifestProblem(file.Name, 0, "", message)]);

    readonly record struct Stamp(DateTime Written, long Length, string Target);
}
