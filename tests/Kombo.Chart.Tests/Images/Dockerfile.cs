using System.Globalization;
using System.Text.Json;
using Kombo.Testing;

namespace Kombo.Chart.Tests.Images;

/// <summary>What the Dockerfile says: the commands of its first stage, and each image that it ends in.</summary>
sealed record Dockerfile(IReadOnlyList<string> Commands, IReadOnlyDictionary<string, ImageStage> Images)
{
    public static Dockerfile Read()
    {
        var stages = new List<List<string>>();
        foreach (var line in File.ReadLines(RepositoryRoot.Combine("Dockerfile")))
        {
            if (line.StartsWith("FROM ", StringComparison.Ordinal))
                stages.Add([]);
            if (stages.Count > 0)
                stages[^1].Add(line);
        }
        return new([.. Of(stages[0], "RUN ")], stages.Skip(1).ToDictionary(stage => stage[0].Split(' ')[^1], Stage));
    }

    static ImageStage Stage(List<string> stage) => new(
        Of(stage, "COPY ").Single().Split(' ')[1],
        JsonSerializer.Deserialize<string[]>(Of(stage, "ENTRYPOINT ").Single())!, // it is not the word null
        int.Parse(Of(stage, "USER ").Single(), CultureInfo.InvariantCulture),
        [.. Of(stage, "ENV ").SelectMany(line => line.Split(' ')).Select(pair => pair.Split('='))
            .Select(pair => KeyValuePair.Create(pair[0], pair[1].Trim('"')))]);

    static IEnumerable<string> Of(List<string> stage, string instruction) =>
        stage.Where(line => line.StartsWith(instruction, StringComparison.Ordinal)).Select(line => line[instruction.Length..]);
}

/// <param name="Source">Folder of the first stage that becomes /app.</param>
sealed record ImageStage(string Source, string[] EntryPoint, int User, IReadOnlyList<KeyValuePair<string, string>> Environment);
