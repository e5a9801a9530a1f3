namespace Kombo.Core.Ids;

/// <summary>The deterministic ids: equal inputs give equal ids on every machine, for ever.</summary>
public static class KomboIds
{
    /// <summary>The id of a mirrored record: 24 Base58 characters.</summary>
    /// <param name="integrationId">As in status and in the API's header.</param>
    /// <param name="model">Model id, e.g. <c>hris_employees</c>.</param>
    /// <param name="remoteId">The source's id, as text.</param>
    public static string Record(string integrationId, string model, string remoteId) =>
        Base58.Of("record", integrationId, model, remoteId);

    /// <summary>The id of an integration whose spec names none: <c>connector:24 characters</c>.</summary>
    /// <param name="installationId">Of the database; two installations that share nothing have different ones.</param>
    public static string Integration(string installationId, string @namespace, string name, string connector) =>
        $"{connector}:{Base58.Of("integration", installationId, @namespace, name)}";

    /// <summary>The id of a run: the same for each attempt at the same slot or token.</summary>
    /// <param name="uid">Of the Integration object.</param>
    /// <param name="type">full, delta or purge.</param>
    /// <param name="slot">One of the forms of <see cref="Scheduling.JobNames"/>.</param>
    public static string Run(string uid, string type, string slot) => Base58.Of("run", uid, type, slot);
}
