namespace Kombo.Connectors;

/// <summary>What kept a source from being read.</summary>
public enum SourceFailure
{
    /// <summary>401: the credentials are not accepted.</summary>
    Authentication,

    /// <summary>403: the credentials may not read this.</summary>
    Forbidden,

    /// <summary>404 on a collection: the source does not have this, or has it switched off.</summary>
    NotFound,

    /// <summary>The source kept refusing for longer than a run waits.</summary>
    RateLimited,

    /// <summary>Errors 5xx, resets and time-outs that outlived the retries.</summary>
    Unavailable,

    /// <summary>The answer is no JSON, is cut off, is too large or repeats itself.</summary>
    Unreadable,

    /// <summary>The definition, the parameters or the form of a credential cannot work with this source.</summary>
    Configuration,

    /// <summary>The address may not be reached, or the source leads to another one.</summary>
    BlockedAddress,
}

/// <summary>A source cannot be read any further.</summary>
/// <param name="message">Safe to show: no query string, no body, no secret.</param>
public sealed class SourceException(SourceFailure kind, string message) : Exception(message)
{
    public SourceFailure Kind => kind;

    /// <summary>The HTTP status behind it, if one was received.</summary>
    public int? Status { get; init; }
}
