using System.Text.Json;

namespace Kombo.Core.Runs;

/// <summary>The outcome as the kubelet passes it on: the JSON of a <see cref="RunProgress"/> in at most 4096 bytes.</summary>
public static class TerminationMessage
{
    /// <summary>What the kubelet keeps of the file; it cuts anything longer in the middle of a character.</summary>
    public const int Limit = 4096;

    public static byte[] Write(RunProgress progress)
    {
        var json = Serialize(progress);
        while (json.Length > Limit && progress.Message is { Length: > 0 } message)
        {
            progress = progress with { Message = message.Length < 32 ? null : string.Concat(message.AsSpan(0, message.Length * 3 / 4), "…") };
            json = Serialize(progress);
        }

        return json.Length <= Limit
            ? json
            : Serialize(new() { RunId = progress.RunId, Phase = progress.Phase, Result = progress.Result, Reason = progress.Reason });
    }

    /// <returns>Null if it is not the message of a worker.</returns>
    public static RunProgress? Read(string? message)
    {
        if (string.IsNullOrWhiteSpace(message))
            return null;
        try
        {
            return JsonSerializer.Deserialize(message, RunJson.Default.RunProgress);
        }
        catch (JsonException)
        {
            return null; // somebody else's words: a log tail, a runtime's error
        }
    }

    static byte[] Serialize(RunProgress progress) => JsonSerializer.SerializeToUtf8Bytes(progress, RunJson.Default.RunProgress);
}
