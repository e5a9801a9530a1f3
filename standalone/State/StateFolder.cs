using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.State;

/// <summary>One small file for each object, replaced as a whole, so that a crash leaves the old or the new one. Never
/// holds Secrets.</summary>
internal sealed partial class StateFolder(string path, ILogger<StateFolder> logger)
{
    const string Extension = ".json";
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Everything that an earlier process left; what cannot be read is set aside and reported.</summary>
    public IReadOnlyList<SavedObject> Load()
    {
        Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        var found = new List<SavedObject>();
        foreach (var file in Directory.EnumerateFiles(path, "*" + Extension).Order(StringComparer.Ordinal))
            if (TryRead(file) is { } saved)
                found.Add(saved);
        return found;
    }

    public void Save(string name, SavedObject saved)
    {
        var file = FileOf(name);
        var json = new JsonObject
        {
            ["object"] = saved.Object.DeepClone(),
            ["manifest"] = saved.Manifest?.DeepClone(),
            ["file"] = saved.File,
        };
        var temporary = $"{file}.new";
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        {
            using var writer = new Utf8JsonWriter(stream);
            json.WriteTo(writer);
            writer.Flush();
            stream.Flush(flushToDisk: true); // else a machine that dies may keep the new name and lose what is behind it
        }
        File.Move(temporary, file, overwrite: true);
    }

    public void Remove(string name) => File.Delete(FileOf(name));

    string FileOf(string name) => Path.Combine(path, Uri.EscapeDataString(name) + Extension);

    SavedObject? TryRead(string file)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(file))!.AsObject();
            return new SavedObject(json["object"]!.AsObject(), json["manifest"]?.AsObject(), (string?)json["file"]);
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or NullReferenceException)
        {
            File.Move(file, $"{file}.unreadable", overwrite: true);
            LogSetAside(file, exception.Message);
            return null;
        }
    }

    [LoggerMessage(7201, LogLevel.Error, "{File} cannot be read and was set aside; its object starts anew: {Problem}")]
    partial void LogSetAside(string file, string problem);
}
