using PurchaseLimits.Database;
using Xunit;

namespace PurchaseLimits.Tests.Database;

public sealed class PasswordFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("pass word;=\"1\"\n# of the web\n", "pass word;=\"1\"")]
    [InlineData("password\r\n", "password")]
    [InlineData("password", "password")]
    public void The_first_line_is_the_password(string content, string password)
    {
        File.WriteAllText(_file, content);

        Assert.Equal(password, PasswordFile.Read(_file));
        Assert.Null(PasswordFile.MistakeOrNull("A:Setting", _file));
    }

    [Fact]
    public void What_holds_none_is_said_by_the_settings_name()
    {
        Assert.Equal("A:Setting names a file whose first line is no password.", PasswordFile.MistakeOrNull("A:Setting", _file));
        Assert.Equal("A:Setting names no file that can be read.", PasswordFile.MistakeOrNull("A:Setting", _file + "x"));
    }
}
