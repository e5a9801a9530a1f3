using Kombo.Standalone.State;

namespace Kombo.Standalone.Tests.State;

public sealed class DataFolderTests : IDisposable
{
    readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("kombo-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public void Only_one_process_has_it()
    {
        using var first = DataFolder.Find(directory.FullName).Lock();

        Should.Throw<DataFolderException>(() => DataFolder.Find(directory.FullName).Lock()).Message.ShouldContain(
            "--data");
    }

    [Fact]
    public void A_path_that_no_socket_can_have_is_refused_with_the_remedy() =>
        Should.Throw<DataFolderException>(() => DataFolder.Find($"/tmp/{new string('x', 120)}")).Message.ShouldContain(
            "choose a shorter one with --data");
}
