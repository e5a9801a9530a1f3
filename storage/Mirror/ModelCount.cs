namespace Kombo.Storage.Mirror;

/// <summary>Rows of one model's table, of one integration.</summary>
public sealed record ModelCount(string Model, long Live, long Deleted);
