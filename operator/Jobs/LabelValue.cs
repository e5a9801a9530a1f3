using System.Security.Cryptography;
using System.Text;

namespace Kombo.Operator.Jobs;

/// <summary>Names as label values.</summary>
static class LabelValue
{
    const int Longest = 63;
    const int HashDigits = 10;

    /// <summary>The name itself; a longer one is cut and ends with a hash, so that two do not meet.</summary>
    public static string Of(string name)
    {
        if (name.Length <= Longest)
            return name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashDigits];
        return $"{name[..(Longest - HashDigits - 1)].TrimEnd('-', '.')}-{hash}";
    }
}
