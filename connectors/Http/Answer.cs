using System.Text.Json;
using Kombo.Core.Runs;

namespace Kombo.Connectors.Http;

/// <summary>An answer that counts: its JSON is whole, or a rule of the definition says to ignore it.</summary>
sealed class Answer(PageBody body, HeaderView headers) : IDisposable
{
    public HeaderView Headers => headers;

    public ReadOnlySpan<byte> Bytes => body.Bytes;

    /// <summary>Undefined where the answer is to be ignored.</summary>
    public JsonElement Json => body.Json?.RootElement ?? default;

    public required int Status { get; init; }

    /// <summary>A rule of the definition said to go on without this answer.</summary>
    public bool IsIgnored { get; init; }

    /// <summary>The clock's timestamp just before the request was sent.</summary>
    public required long RequestedAt { get; init; }

    /// <summary>When it was asked, UTC: by the source's clock as far as it tells, else by ours.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    public void Dispose() => body.Dispose();
}

/// <summary>What became of one attempt: an answer, or a failure that may be tried again.</summary>
sealed record Attempt
{
    public Answer? Answer { get; init; }
    public SourceFailure Kind { get; init; }

    /// <summary>Follows the stream's name in messages, e.g. "the source answered 503".</summary>
    public string Reason { get; init; } = "";
    public int? Status { get; init; }
    public bool CanRetry { get; init; }

    /// <summary>What the source or the definition asks for; null: back off exponentially.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>For its turn in the Integration's budget, before it was made.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>Null: nothing came that has a status.</summary>
    public RateSignal? Rate { get; init; }

    public bool IsRateLimited => Answer is null && Kind == SourceFailure.RateLimited;
}
