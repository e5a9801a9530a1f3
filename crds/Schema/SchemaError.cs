namespace Kombo.Crds.Schema;

/// <summary>Why the schema refuses an object.</summary>
/// <param name="Field">Path, e.g. <c>spec.scope.models[0].name</c>.</param>
/// <param name="Message">In the API server's words.</param>
public sealed record SchemaError(string Field, string Message)
{
    public override string ToString() => $"{Field}: {Message}";
}
