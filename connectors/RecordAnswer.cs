namespace Kombo.Connectors;

/// <summary>What a source says of one record.</summary>
public abstract record RecordAnswer
{
    RecordAnswer() // closed: the cases below are all there are
    {
    }

    /// <summary>It has it. The caller disposes the page, whose batches hold no other record of the model than the one asked for;
    /// none where the definition passes it over or it cannot be stored.</summary>
    public sealed record Found(SourcePage Page) : RecordAnswer;

    /// <summary>It does not find it.</summary>
    /// <param name="IsDeleted">With this connector, that says that it was deleted.</param>
    /// <param name="RequestedAt"><see cref="TimeProvider.GetTimestamp"/> of the session's clock before it was asked.</param>
    public sealed record Missing(bool IsDeleted, long RequestedAt) : RecordAnswer;

    /// <summary>It sends another one.</summary>
    public sealed record Another : RecordAnswer;

    /// <summary>It was not asked: the id makes no address.</summary>
    public sealed record Unusable : RecordAnswer;
}
