using System.Collections.Immutable;

namespace Kombo.Worker.Configuration;

/// <summary>A mounted Secret: one file for each key.</summary>
internal static class SecretFolder
{
    const long LargestFile = 1024 * 1024; // of a whole Secret

    /// <summary>Values by key; one line end at the end of a value is not part of it (<c>echo secret | kubectl create …</c>).</summary>
    /// <param name="variable">That names the folder, for the message.</param>
    /// <exception cref="WorkerConfigurationException">The folder is not there or cannot be read.</exception>
    public static ImmutableDictionary<string, string> Read(string folder, string variable)
    {
        try
        {
            return Directory.EnumerateFiles(folder)
                .Where(IsKey)
                .ToImmutableDictionary(file => Path.GetFileName(file), file => ReadValue(file, variable), StringComparer.Ordinal);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new WorkerConfigurationException(
                $"folder {folder} of variable {variable} cannot be read: mount the Secret there, or correct the variable");
        }
    }

    // The kubelet keeps its own links (..data, ..2026_01_05_…) beside those of the keys.
    static bool IsKey(string file) => !Path.GetFileName(file).StartsWith("..", StringComparison.Ordinal);

    static string ReadValue(string file, string variable)
    {
        if (new FileInfo(file).Length > LargestFile)
            throw new WorkerConfigurationException($"file {file} of variable {variable} is larger than a Secret can be");
        var text = File.ReadAllText(file);
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
    }
}
