namespace Kombo.Storage.Transactions;

static class SqlStates
{
    /// <summary>Raised by kombo.refuse_old_stamp when the transaction commits.</summary>
    public const string TooOld = "KB020";

    /// <summary>Raised by kombo.assert_lease.</summary>
    public const string LeaseLost = "KB021";

    /// <summary>Raised by kombo.assert_lease.</summary>
    public const string SeenSetLost = "KB022";

    public const string IdleInTransaction = "25P03";
    public const string IdleSession = "57P05";
}
