using System.Collections.Immutable;
using Kombo.Connectors.Http;
using Kombo.Core.Runs;
using Kombo.Core.Scope;

namespace Kombo.Connectors;

/// <summary>All that a session needs beside the definition.</summary>
public sealed record SourceSettings
{
    public required string IntegrationId { get; init; }

    /// <summary>As in the Integration; defaults of the definition are added.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    public SourceCredentials Credentials { get; init; } = SourceCredentials.None;
    public required CompiledScope Scope { get; init; }

    /// <summary>The operator's exceptions from "public addresses and https only".</summary>
    public AddressPolicy AllowedHosts { get; init; } = AddressPolicy.PublicOnly;

    /// <summary>Called before the session waits for the source, from the thread that reads.</summary>
    public Action<SourceWait>? OnWait { get; init; }

    /// <summary>Null: the source is asked without regard to others.</summary>
    public IRequestBudget? Budget { get; init; }
    public SourceLimits Limits { get; init; } = SourceLimits.Default;
}

/// <summary>The session waits before it asks the source again.</summary>
/// <param name="Reason">In words, e.g. "the source limits the rate of requests".</param>
/// <param name="Until">UTC, by the session's clock.</param>
/// <param name="RateLimited">For the rate of requests; else it is a retry after a failure.</param>
public sealed record SourceWait(string Reason, DateTimeOffset Until, bool RateLimited);

/// <summary>What one answer, one record and one wait may cost. A definition can lower the sizes.</summary>
public sealed record SourceLimits
{
    public static SourceLimits Default { get; } = new();

    /// <summary>Largest page in bytes, after decompression.</summary>
    public int PageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Largest record in bytes of JSON; a larger one is a record error.</summary>
    public int RecordBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>A larger share of a model's records with errors makes its stream incomplete. A definition can set it.</summary>
    public double ErrorShare { get; init; } = StreamRules.DefaultErrorShare;

    /// <summary>Most pages of one stream in one run; more means that the source never ends.</summary>
    public int Pages { get; init; } = 100_000;

    /// <summary>Deepest nesting of an answer.</summary>
    public int Depth { get; init; } = 64;

    /// <summary>From sending a request to the last byte of its answer.</summary>
    public TimeSpan PageTimeout { get; init; } = TimeSpan.FromMinutes(2);

    internal RateHeaderNames RateHeaders { get; init; } = RateHeaderNames.Common;

    /// <summary>Failures of one request that are tried again.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Longest single wait that a source may ask for; after it the source is asked again.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long one request may be put off in all by a source that limits the rate.</summary>
    public TimeSpan RateLimitPatience { get; init; } = TimeSpan.FromHours(2);
}
