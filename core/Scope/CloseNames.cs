namespace Kombo.Core.Scope;

/// <summary>Guesses what a mistyped name was meant to be.</summary>
public static class CloseNames
{
    /// <summary>A tail for a message: <c>; did you mean "hris_teams"?</c>, or the empty text if nothing is
    /// close.</summary>
    public static string Hint(string name, IEnumerable<string> known) =>
        Find(name, known) is { } close ? $"; did you mean \"{close}\"?" : "";

    /// <summary>The known name that needs the fewest edits, at most a third of its length; null if none is that
    /// close.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        if (name.Length > 100)
            return null;
        var wanted = Plain(name);
        return known
            .Select(candidate => (Name: candidate, Edits: Edits(wanted, Plain(candidate))))
            .Where(candidate => candidate.Edits <= Math.Max(1, candidate.Name.Length / 3))
            .OrderBy(candidate => candidate.Edits).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }

    // employeeNumber, employee-number and employee_number are one name to a person.
    static string Plain(string name) =>
        string.Concat(name.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant));

    // Levenshtein's distance, one row at a time.
    static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[to.Length];
    }
}
