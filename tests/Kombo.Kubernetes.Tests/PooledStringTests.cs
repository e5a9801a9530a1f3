using System.Text;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests;

public class PooledStringTests
{
    [Fact]
    public void What_objects_repeat_is_held_once()
    {
        var (one, other) = (Read("kombo.dev/reason", "WaitingForSchedule"), Read("kombo.dev/reason", "WaitingForSchedule"));
        ReferenceEquals(one.Key, other.Key).ShouldBeTrue();
        ReferenceEquals(one.Value, other.Value).ShouldBeTrue();
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("Zoë 🙂")]
    [InlineData("with \\\"escapes\\\" and \\u00e9")]
    public void Whatever_the_text_it_is_read_as_it_is(string json)
    {
        var expected = json.Replace("\\\"", "\"").Replace("\\u00e9", "é");
        for (var time = 0; time < 2; time++)
            Read(json, json).ShouldBe(KeyValuePair.Create(expected, expected));
    }

    [Fact]
    public void Texts_that_take_each_others_place_are_not_mixed_up()
    {
        var texts = Enumerable.Range(0, 50_000).Select(number => $"text-{number}").ToList();
        foreach (var text in texts.Concat(texts))
            Read(text, text + "!").ShouldBe(KeyValuePair.Create(text, text + "!"));
    }

    [Fact]
    public void Several_read_at_once() => Parallel.For(0, 200_000, number =>
    {
        var text = $"text-{number % 20_000}";
        Read(text, text).ShouldBe(KeyValuePair.Create(text, text));
    });

    [Fact]
    public void What_is_no_text_is_refused() =>
        Should.Throw<System.Text.Json.JsonException>(() => KubernetesJson.Default.Deserialize<V1ObjectMeta>("{\"name\": 5}"u8));

    static KeyValuePair<string, string> Read(string key, string value) => KubernetesJson.Default
        .Deserialize<V1ObjectMeta>(Encoding.UTF8.GetBytes("{\"labels\": {\"" + key + "\": \"" + value + "\"}}"))
        .Labels.ShouldNotBeNull().ShouldHaveSingleItem();
}
