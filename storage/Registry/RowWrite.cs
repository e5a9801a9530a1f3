namespace Kombo.Storage.Registry;

/// <param name="Written">False where the row was so already, or is another's.</param>
/// <param name="Holder">The living Integration that has the id, for messages; null where it is the row's own.</param>
public readonly record struct RowWrite(bool Written, string? Holder);
